// The graph as the server sends it (graph.contracts.Result), and how it is put in words.

export interface NodeRef {
  label: string;
  key: string;
}

export interface GraphNode extends NodeRef {
  properties: Record<string, unknown>;
}

export interface GraphRelationship {
  key: string;
  type: string;
  start: NodeRef;
  end: NodeRef;
  properties: Record<string, unknown>;
}

export interface GraphData {
  nodes: GraphNode[];
  relationships: GraphRelationship[];
}

/** A node's id on the canvas, in addresses and in tables: label and key. */
export function idOf(node: NodeRef): string {
  return `${node.label}:${node.key}`;
}

const KINDS: Record<string, string> = {
  Person: "Person",
  Record: "Record",
  Incident: "Incident",
  Report: "Report",
  Offense: "Offense",
  Location: "Place",
  Locality: "Locality",
  Event: "Event",
  Arrest: "Arrest",
  DrugSeizure: "Drug seizure",
  MissingEpisode: "Missing episode",
  ContactPoint: "Contact point",
  Agency: "Agency",
};

/** A label in words. */
export function kindOf(label: string): string {
  return KINDS[label] ?? label;
}

const TIES: Record<string, string> = {
  REFERS_TO: "refers to",
  REPORTED_BY: "reported by",
  REPORTS: "reports",
  VICTIM_IN: "victim in",
  OFFENDER_IN: "offender in",
  ARRESTED_IN: "arrested in",
  SUBJECT_OF: "subject of",
  HAS_OFFENSE: "offense",
  AT: "at",
  IN: "in",
  SEIZED: "seized",
  ARRESTED: "arrested",
  FOR: "for",
  HAD: "was missing",
  LAST_SEEN_IN: "last seen in",
  FOUND_IN: "found in",
  PLACED_IN: "placed in",
  HELD_IN: "held in",
  USED: "used",
  MENTIONS: "mentions",
  VICTIM_WAS: "victim of",
  CO_OFFENDED: "co-offended with",
  SHARES_CONTACT: "shares contact with",
};

/** A relationship type in words. */
export function tieOf(type: string): string {
  return TIES[type] ?? type.toLowerCase().replaceAll("_", " ");
}

/** True where the relationship was computed from others and is not in any agency's record. */
export function isDerived(relationship: GraphRelationship): boolean {
  return Boolean(relationship.properties["derived"]);
}

/** The probability of identity that a relationship carries, 0 to 1, or null. */
export function probabilityOf(relationship: GraphRelationship): number | null {
  const value = relationship.properties["probability"];
  return typeof value === "number" ? value : null;
}

/** What such a probability is of: a record and its person, or a report and its incident. */
export function samenessOf(relationship: GraphRelationship): string {
  return relationship.type === "REPORTS" ? "same incident" : "same person";
}

/** A relationship's short text on the canvas: its type, and a probability where it has one. */
export function tieText(relationship: GraphRelationship): string {
  const probability = probabilityOf(relationship);
  const words = tieOf(relationship.type);
  return probability === null ? words : `${words} ${percent(probability)}`;
}

/** A probability in per cent, never rounded up to certainty. */
export function percent(probability: number): string {
  if (probability > 0.999 && probability < 1) return "> 99.9 %";
  return `${(probability * 100).toFixed(probability === 1 ? 0 : 1)} %`;
}

/** Text of a property, or null where it is not recorded. */
export function text(node: { properties: Record<string, unknown> }, name: string): string | null {
  const value = node.properties[name];
  if (value === null || value === undefined || value === "") return null;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

export function sentence(value: string | null): string | null {
  if (value === null) return null;
  const spaced = value.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** An ISO day as people read it; other text is kept. */
export function day(value: string | null): string | null {
  const found = value?.match(/^(\d{4})-(\d{2})-(\d{2})/);
  if (!found) return value;
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  return `${Number(found[3])} ${months[Number(found[2]) - 1]} ${found[1]}`;
}

/** What a node is called. Without a shown name: its kind and the start of its key. */
export function titleOf(node: GraphNode): string {
  const given = (name: string): string | null => text(node, name);
  const unnamed = `${kindOf(node.label)} ${node.key.slice(0, 8)}`;
  switch (node.label) {
    case "Person":
    case "Record":
      return given("display_name") ?? unnamed;
    case "Incident":
    case "Report":
      return given("incident_number") ?? unnamed;
    case "MissingEpisode":
      return given("case_number") ?? `Missing from ${day(given("missing_from_on")) ?? "?"}`;
    case "ContactPoint":
      return contactText(given("kind"), given("value")) ?? unnamed;
    case "Offense":
      return given("name") ?? given("offense_code") ?? unnamed;
    case "Location":
      return given("name") ?? given("address_line") ?? unnamed;
    case "Arrest":
      return `Arrest ${day(given("arrested_on")) ?? ""}`.trim();
    case "DrugSeizure":
      return given("substance") ?? given("drug_name") ?? unnamed;
    default:
      return given("name") ?? given("title") ?? unnamed;
  }
}

/** A second line: what tells this node from others of its kind. */
export function detailOf(node: GraphNode): string {
  const given = (name: string): string | null => text(node, name);
  const parts: (string | null)[] = [];
  switch (node.label) {
    case "Person":
    case "Record":
      parts.push(
        given("birth_date") ? `born ${day(given("birth_date"))}` : birthText(node),
        sexText(given("sex")),
        sentence(given("roles") ?? given("role")),
      );
      break;
    case "Incident":
      parts.push(day(given("occurred_on")), sentence(given("categories")), sentence(given("kind")));
      break;
    case "Report":
      parts.push(day(given("occurred_on")), given("agency_id"), sentence(given("kind")));
      break;
    case "MissingEpisode":
      parts.push(
        `missing ${day(given("missing_from_on")) ?? "?"}`,
        given("is_open") === "true" ? "still missing" : `ended ${day(given("found_on")) ?? "?"}`,
        sentence(given("circumstance")),
      );
      break;
    case "ContactPoint":
      parts.push(sentence(given("kind")), given("partial") === "true" ? "partial" : null);
      break;
    case "Location":
      parts.push(given("address_line"), given("city"));
      break;
    case "Event":
      parts.push(sentence(given("kind")), day(given("starts_on")));
      break;
    case "DrugSeizure":
      parts.push(given("quantity"), given("measure_code"));
      break;
    default:
      parts.push(sentence(given("kind")));
  }
  return parts.filter(Boolean).join(" · ");
}

function birthText(node: GraphNode): string | null {
  const year = text(node, "birth_year");
  if (year) return `born ${year}`;
  const band = text(node, "age_band");
  return band ? `aged ${band}` : null;
}

function sexText(sex: string | null): string | null {
  return sex === "F" ? "female" : sex === "M" ? "male" : null;
}

function contactText(kind: string | null, value: string | null): string | null {
  const phone = kind === "phone" ? value?.match(/^\+1(\d{3})(\d{3})(\d{4})$/) : null;
  if (phone) return `(${phone[1]}) ${phone[2]}-${phone[3]}`;
  return kind === "vehicle" ? (value?.replace(":", " ") ?? null) : value;
}
