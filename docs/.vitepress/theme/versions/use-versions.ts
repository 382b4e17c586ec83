import { useData, withBase } from 'vitepress';
import { computed, onMounted, ref } from 'vue';

interface Build {
  /** The version that the pages are about, and where the whole site begins. */
  readonly version: string;
  readonly root: string;
  /** Whether it has a folder of its own. */
  readonly versioned: boolean;
}

const listed = ref<{ newest: string; versions: string[] }>();

/** What the site has, and where the present page is in each version. Only this version until the list has come. */
export function useVersions() {
  const { theme, page } = useData();
  const build: Build = theme.value.build;
  const path = computed(() => page.value.relativePath.replace(/(?:(^|\/)index)?\.md$/, '$1'));
  onMounted(async () => {
    if (listed.value !== undefined) return;
    const answer = await fetch(`${build.root}versions.json`).catch(() => undefined);
    if (answer?.ok) listed.value = await answer.json();
  });
  const newest = computed(() => listed.value?.newest ?? build.version);
  const choices = computed(() => {
    const older = (listed.value?.versions ?? []).filter((version) => version !== newest.value);
    return [
      { name: newest.value, href: `${build.root}${path.value}` },
      ...older.map((name) => ({ name, href: `${build.root}v${name}/${path.value}` })),
    ];
  });
  const isOld = computed(() => build.versioned && build.version !== newest.value);
  return { build, choices, newest, isOld, here: withBase(`/${path.value}`) };
}
