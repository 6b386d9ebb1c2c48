// Keeping a canvas readable: what exceeds the limit is folded, and said so.
import { type GraphData, type GraphNode, idOf, kindOf } from "./graph_data";

export const OPEN_LIMIT = 300;
export const CAP = 2000;

/** Nodes folded into one, hanging on one neighbour. */
export interface Fold {
  id: string;
  label: string;
  at: string;
  type: string;
  members: GraphNode[];
}

export interface Folded {
  shown: GraphNode[];
  folds: Fold[];
  /** Nodes that are neither shown nor folded, for lack of room. */
  left: number;
}

/**
 * Choose what to draw so that at most ``limit`` nodes remain: nodes with a single neighbour are
 * folded, largest groups first, then the nodes furthest back in the server's order are left out.
 */
export function fold(data: GraphData, limit: number): Folded {
  if (data.nodes.length <= limit) return { shown: data.nodes, folds: [], left: 0 };
  const neighbours = new Map<string, { id: string; type: string }[]>();
  const tie = (from: string, id: string, type: string): void => {
    const known = neighbours.get(from) ?? [];
    if (!known.some((one) => one.id === id)) known.push({ id, type });
    neighbours.set(from, known);
  };
  for (const relationship of data.relationships) {
    const [start, end] = [idOf(relationship.start), idOf(relationship.end)];
    tie(start, end, relationship.type);
    tie(end, start, relationship.type);
  }
  const groups = new Map<string, Fold>();
  for (const node of data.nodes.slice(1)) {
    const around = neighbours.get(idOf(node)) ?? [];
    const [only] = around;
    if (around.length !== 1 || only === undefined) continue;
    const id = `fold:${only.id}:${only.type}:${node.label}`;
    const group = groups.get(id) ?? { id, label: node.label, at: only.id, type: only.type, members: [] };
    group.members.push(node);
    groups.set(id, group);
  }
  let size = data.nodes.length;
  const folds: Fold[] = [];
  for (const group of [...groups.values()].sort((a, b) => b.members.length - a.members.length)) {
    if (size <= limit || group.members.length < 2) break;
    folds.push(group);
    size -= group.members.length - 1;
  }
  const gone = new Set(folds.flatMap((group) => group.members.map(idOf)));
  const rest = data.nodes.filter((node) => !gone.has(idOf(node)));
  const shown = rest.slice(0, Math.max(limit - folds.length, 1));
  const drawn = new Set(shown.map(idOf));
  const kept = folds.filter((group) => drawn.has(group.at));
  const unfolded = folds.filter((group) => !drawn.has(group.at));
  const left =
    rest.length - shown.length + unfolded.reduce((sum, group) => sum + group.members.length, 0);
  return { shown, folds: kept, left };
}

export function foldTitle(group: Fold): string {
  const kind = kindOf(group.label);
  return `${group.members.length} × ${kind.toLowerCase()}`;
}
