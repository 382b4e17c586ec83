import type { Theme } from 'vitepress';
// Without the theme's own font: the reader's system has one, and nothing moves when it comes.
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

export default { extends: DefaultTheme } satisfies Theme;
