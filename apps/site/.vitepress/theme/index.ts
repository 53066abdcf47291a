import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import BrowserBenchmark from '../../src/BrowserBenchmark.vue';
import PlaygroundWidget from '../../src/PlaygroundWidget.vue';
import './site.css';

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('BrowserBenchmark', BrowserBenchmark);
    app.component('PlaygroundWidget', PlaygroundWidget);
  },
};

// VitePress asks for a default export.
export default theme;
