/** Vue's own compiler reads these; to TypeScript alone each is a component. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent;
  export default component;
}
