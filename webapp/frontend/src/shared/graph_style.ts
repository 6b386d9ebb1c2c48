// How kinds of nodes and relationships look: one shape and one colour a kind, told apart without
// colour as well; derived relationships are dashed, uncertain identity is thinner.
import type { StylesheetJson } from "cytoscape";

export interface Look {
  shape: string;
  colour: string;
  size: number;
}

const PLAIN: Look = { shape: "ellipse", colour: "#565c65", size: 26 };

export const LOOKS: Record<string, Look> = {
  Person: { shape: "ellipse", colour: "#005ea2", size: 40 },
  Record: { shape: "rectangle", colour: "#71767a", size: 22 },
  Incident: { shape: "round-rectangle", colour: "#8b0a03", size: 34 },
  Report: { shape: "cut-rectangle", colour: "#a23737", size: 22 },
  Offense: { shape: "round-triangle", colour: "#b50909", size: 26 },
  Location: { shape: "round-tag", colour: "#008817", size: 30 },
  Locality: { shape: "round-tag", colour: "#4d8055", size: 26 },
  Event: { shape: "star", colour: "#8168b3", size: 34 },
  Arrest: { shape: "vee", colour: "#6f3331", size: 28 },
  DrugSeizure: { shape: "round-pentagon", colour: "#936f38", size: 28 },
  MissingEpisode: { shape: "diamond", colour: "#c05600", size: 38 },
  ContactPoint: { shape: "round-hexagon", colour: "#0f6460", size: 30 },
  Agency: { shape: "barrel", colour: "#3d4551", size: 26 },
};

export function lookOf(label: string): Look {
  return LOOKS[label] ?? PLAIN;
}

const FONT = '"Public Sans Web", -apple-system, "Segoe UI", Roboto, Arial, sans-serif';

export const STYLE: StylesheetJson = [
  {
    selector: "node",
    style: {
      shape: "data(shape)" as never,
      "background-color": "data(colour)",
      width: "data(size)",
      height: "data(size)",
      "border-width": 2,
      "border-color": "#ffffff",
      label: "data(title)",
      "font-family": FONT,
      "font-size": 11,
      "font-weight": 600,
      color: "#1b1b1b",
      "text-wrap": "wrap",
      "text-max-width": "130px",
      "text-valign": "bottom",
      "text-margin-y": 4,
      "text-background-color": "#ffffff",
      "text-background-opacity": 0.85,
      "text-background-padding": "2px",
      "min-zoomed-font-size": 7,
    },
  },
  {
    selector: "node[?aggregate]",
    style: { "border-style": "double", "border-width": 6, "border-color": "#dfe1e2" },
  },
  { selector: "node[?start]", style: { "border-color": "#1b1b1b", "border-width": 3 } },
  {
    selector: "edge",
    style: {
      width: "data(width)",
      "line-color": "#a9aeb1",
      "target-arrow-color": "#a9aeb1",
      "target-arrow-shape": "triangle",
      "arrow-scale": 0.8,
      "curve-style": "bezier",
      label: "data(text)",
      "font-family": FONT,
      "font-size": 9,
      color: "#3d4551",
      "text-rotation": "autorotate",
      "text-background-color": "#ffffff",
      "text-background-opacity": 0.9,
      "text-background-padding": "1px",
      "min-zoomed-font-size": 8,
    },
  },
  {
    selector: "edge[?derived]",
    style: { "line-style": "dashed", "target-arrow-shape": "none", "line-color": "#8168b3" },
  },
  { selector: ".without-text", style: { label: "" } },
  {
    selector: "node:selected",
    style: { "border-color": "#ffbe2e", "border-width": 5, "z-index": 10 },
  },
  {
    selector: "edge:selected",
    style: { "line-color": "#e5a000", "target-arrow-color": "#e5a000", width: 4, "z-index": 10 },
  },
  { selector: ".faded", style: { opacity: 0.25 } },
];
