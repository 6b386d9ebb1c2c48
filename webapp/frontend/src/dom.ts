// Reading a page's data and building elements without ever parsing text as HTML.

/** The value of a page's data block (macros.html: data_block). Throws where it is missing. */
export function readData<T>(id: string): T {
  const block = document.getElementById(id);
  if (block === null) throw new Error(`the page has no data block ${id}`);
  return JSON.parse(block.textContent ?? "") as T;
}

/** The one element that fits the selector. Throws where there is none. */
export function one<E extends Element>(selector: string, root: ParentNode = document): E {
  const found = root.querySelector<E>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

type Child = Node | string | null | undefined | false;

/** An element with attributes and children; text is text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean | null | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child): child is Node | string => Boolean(child)));
  return made;
}

/** What the server said when it refused: the problem's title and detail. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** GET a JSON address of this site. Throws Refused with the problem's own words. */
export async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(address, {
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    ...(signal ? { signal } : {}),
  });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    const problem = (body ?? {}) as { title?: string; detail?: string };
    throw new Refused(
      answer.status,
      problem.title ?? "The server did not answer",
      problem.detail ?? "Try again in a few seconds.",
    );
  }
  return body as T;
}
