// Maps, charts and sortable tables of counts. Everything also works without: the map is drawn by
// the server, the table holds every value, the pickers are a form.
import "./styles/dashboards.scss";
import { drawCharts } from "./charts";
import { element } from "./dom";
import { joinMapAndTable, zoomable } from "./shared/county_map";

/** Make the columns of a table sortable; cells without a number stay last either way. */
function sortable(table: HTMLTableElement): void {
  const heads = [...table.querySelectorAll<HTMLTableCellElement>("thead th")];
  const body = table.tBodies[0];
  if (!body) return;
  heads.forEach((head, column) => {
    const button = element("button", { type: "button", class: "sort-button" }, head.textContent ?? "");
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...[...body.rows].sort((one, other) => compare(key(one, column), key(other, column), up)));
    });
  });
}

function key(row: HTMLTableRowElement, column: number): string {
  const cell = row.cells[column];
  return cell?.dataset["sort"] ?? cell?.textContent ?? "";
}

function compare(one: string, other: string, up: boolean): number {
  if (one === "" || other === "") return Number(one === "") - Number(other === "");
  const numbers = [Number(one), Number(other)] as const;
  const order = numbers.some(Number.isNaN) ? one.localeCompare(other) : numbers[0] - numbers[1];
  return up ? order : -order;
}

document.querySelectorAll<HTMLTableElement>("table[data-sortable]").forEach(sortable);
document.querySelectorAll<HTMLElement>(".county-map").forEach((map) => {
  zoomable(map);
  joinMapAndTable(map);
});
document.querySelectorAll<HTMLFormElement>("form.pickers").forEach((form) => {
  form.addEventListener("formdata", (event) => {
    // A category says nothing of a measure that has none; keep the address short.
    if (form.querySelector("#category-note")) event.formData.delete("category");
  });
});
void drawCharts();
