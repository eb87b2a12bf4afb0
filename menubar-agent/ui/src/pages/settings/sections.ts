/** The sections of the settings, in the order of the list at the side. Pure. */

export const SECTION_NAMES = [
  'general',
  'models',
  'engines',
  'network',
  'keys',
  'routing',
  'providers',
  'prompts',
  'logs',
  'menu-bar',
  'about',
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

export interface SectionInfo {
  readonly title: string;
  /** One line below the title. */
  readonly hint: string;
}

export const SECTIONS: Record<SectionName, SectionInfo> = {
  general: { title: 'General', hint: 'How it looks, when it starts, and what happens when it ends.' },
  models: { title: 'Models & memory', hint: 'How much memory models may take, which stay together, and where their files come from.' },
  engines: { title: 'Engines', hint: 'The programs that load models and answer. Each lives in a folder of its own.' },
  network: { title: 'Network & access', hint: 'Who can reach the agent, and clients that speak Ollama’s API.' },
  keys: { title: 'API keys', hint: 'Keys for clients: each with its own limits, and revoked by itself.' },
  routing: { title: 'Routing', hint: 'Rules that choose which model answers a request.' },
  providers: { title: 'Providers', hint: 'Services elsewhere that may answer when a routing rule says so.' },
  prompts: { title: 'Personas & templates', hint: 'System prompts and texts that a chat can begin with.' },
  logs: { title: 'Logs & measuring', hint: 'What is written down, for how long, and who is told.' },
  'menu-bar': { title: 'Menu bar & shortcuts', hint: 'The menu bar app on a Mac, and the keys of this window.' },
  about: { title: 'About', hint: 'This agent: version, address, and how to end it.' },
};

/** The section of an address such as `/settings/models`; the first one where it names none, null where there is none of that name. */
export function sectionOf(location: string): SectionName | null {
  const name = location.split('/')[2] ?? '';
  if (name === '') return 'general';
  return SECTION_NAMES.find((one) => one === name) ?? null;
}

/** The address of a section, or of one thing in it. */
export const sectionPath = (section: SectionName, place?: string): string =>
  place === undefined ? `/settings/${section}` : `/settings/${section}?at=${encodeURIComponent(place)}`;
