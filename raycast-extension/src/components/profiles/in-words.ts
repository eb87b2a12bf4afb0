/** What a schema has against a value, as short as a form of Raycast has room for. */
import { inWords as sentenceOf } from "@mlx-manager/shared";

export type Issue = Parameters<typeof sentenceOf>[0];

export const inWords = (issue: Issue): string =>
  issue.code === "too_small" && issue.origin === "string" ? "Needed" : sentenceOf(issue).replace(/\.$/, "");
