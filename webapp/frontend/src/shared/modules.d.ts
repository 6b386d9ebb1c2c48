declare module "cytoscape-fcose" {
  import type { Ext } from "cytoscape";
  const fcose: Ext;
  export default fcose;
}

declare module "@uswds/uswds/js/*" {
  interface Behaviour {
    on(root: HTMLElement): void;
    off(root: HTMLElement): void;
  }
  const behaviour: Behaviour;
  export default behaviour;
}
