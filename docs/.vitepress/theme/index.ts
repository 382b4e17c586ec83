import type { Theme } from 'vitepress';
// Without the theme's own font: the reader's system has one, and nothing moves when it comes.
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent } from 'vue';
import Layout from './Layout.vue';
import './style.css';

const DeliveryModel = defineAsyncComponent(() => import('./delivery/DeliveryModel.vue'));

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp({ app }) {
    app.component('DeliveryModel', DeliveryModel);
  },
} satisfies Theme;
