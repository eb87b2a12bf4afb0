/**
 * What the store's reviewers look for in the sources, read from the JSX itself:
 * https://developers.raycast.com/basics/prepare-an-extension-for-store#ui-ux-guidelines
 */
import { manifest, read, sources } from './support/extension.js';
import { elementsOf, rootElements, textsOf } from './support/jsx.js';

/** Actions that have an icon of their own (`@defaultValue` in the types of @raycast/api). */
const WITH_OWN_ICON = /^Action\.(CopyToClipboard|OpenInBrowser|Open|OpenWith|Paste|PickDate|ShowInFinder|ToggleQuickLook|Trash)$/;
const elements = sources.filter((file) => file.endsWith('.tsx')).flatMap(elementsOf);
const sourceOf = (name: string) => sources.find((file) => file.replace(/\.tsx?$/, '') === `src/${name}`);

test('every action has an icon', () => {
  const actions = elements.filter(({ tag }) =>
    /^(Action(\.\w+)?|ActionPanel\.Submenu|MenuBarExtra\.Item|MenuBarExtra\.Submenu)$/.test(tag),
  );
  const bare = actions.filter(({ tag, attributes, spread }) => !WITH_OWN_ICON.test(tag) && !attributes.includes('icon') && !spread);
  expect(bare.map(({ tag, place }) => `${place} ${tag}`)).toEqual([]);
});

test('a submenu of actions says that more comes', () => {
  const submenus = elements.filter(({ tag, text }) => tag === 'ActionPanel.Submenu' && text('title') !== undefined);
  expect(submenus.filter(({ text }) => !text('title')!.endsWith('…')).map(({ place }) => place)).toEqual([]);
});

test('no root view sets a navigation title', () => {
  const titled = manifest.commands.flatMap(({ name }) => {
    const file = sourceOf(name);
    return file?.endsWith('x') ? rootElements(file).filter(({ attributes }) => attributes.includes('navigationTitle')) : [];
  });
  expect(titled.map(({ tag, place }) => `${place} ${tag}`)).toEqual([]);
});

test('every search bar says what is searched', () => {
  const views = elements.filter(({ tag }) => tag === 'List' || tag === 'Grid');
  expect(
    views.filter(({ attributes, spread }) => !attributes.includes('searchBarPlaceholder') && !spread).map(({ place }) => place),
  ).toEqual([]);
});

test('three dots are one character', () => {
  const texts = sources.flatMap(textsOf).filter(({ text }) => /\w\.\.\.$/.test(text.trim()));
  expect(texts.map(({ text, place }) => `${place} ${text}`)).toEqual([]);
});

test('the spelling is American', () => {
  const british =
    /\b(cancell(?:ed|ing)|colou?rs?|favou?rites?|behaviou?rs?|licen[cs]es?|catalogues?|cent(?:re|er)s?|\w*(?:summar|organ|custom|optim|recogn|initial|author)is(?:e|es|ed|ing|ation))\b/gi;
  const american = /^(colors?|favorites?|behaviors?|licenses?|centers?|advis\w*)$/i;
  // The word alone is a state of the contract, which nobody reads.
  const words = (text: string) =>
    text.trim() === 'cancelled' ? [] : [...text.matchAll(british)].map((match) => match[0]).filter((word) => !american.test(word));
  const texts = [
    ...sources.flatMap(textsOf),
    ...['package.json', 'README.md', 'CHANGELOG.md'].map((place) => ({ text: read(place), place })),
  ];
  expect(texts.flatMap(({ text, place }) => words(text).map((word) => `${place} ${word}`))).toEqual([]);
});
