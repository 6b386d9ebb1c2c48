// The server's map: enlarged parts, and the place under the pointer said in words.
import { element } from "../dom";

/** Buttons that show a part of the map. The whole comes back with the first one or Escape. */
export function zoomable(map: HTMLElement): void {
  const drawing = map.querySelector("svg");
  const group = map.querySelector<HTMLElement>(".county-map__zooms");
  if (!drawing || !group) return;
  group.hidden = false;
  const buttons = [...group.querySelectorAll<HTMLButtonElement>("button[data-zoom]")];
  const choose = (chosen: HTMLButtonElement): void => {
    drawing.setAttribute("viewBox", chosen.dataset["zoom"] ?? "");
    drawing.classList.toggle("is-enlarged", chosen !== buttons[0]);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button));
  map.addEventListener("keydown", (event) => {
    const [whole] = buttons;
    if (event.key === "Escape" && whole) choose(whole);
  });
}

/** Say the place under the pointer or the focus below the map, where a title would come late. */
export function joinMapAndTable(map: HTMLElement): void {
  const said = element("p", { class: "county-map__said", "aria-hidden": "true" }, "Point at a place to read its value.");
  map.append(said);
  const tell = (event: Event): void => {
    const area = event.target instanceof Element ? event.target.closest(".area") : null;
    const title = area?.querySelector("title")?.textContent;
    if (title) said.textContent = title;
  };
  map.addEventListener("pointerover", tell);
  map.addEventListener("focusin", tell);
}
