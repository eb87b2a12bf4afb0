/** A window of the test host as an HTML page that is laid out like Raycast 1.x: search bar, rows, detail, action bar. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import type { Accessory, DetailView, Metadata, Row, ShownToast, View } from '../host/index.js';
import { colorOf, imageHtml } from './images.js';

/** What is drawn, with what the host knows besides the view. */
export interface Scene {
  readonly view: View;
  /** Title of the command, as the bar at the bottom has it. */
  readonly command: string;
  readonly toast: ShownToast | undefined;
  /** Below the window: what the picture is. */
  readonly caption: string;
  /** Folder of the extension's own pictures. */
  readonly assets: string;
}

const style = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8');

/** Text inside HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] ?? letter);

/** The page, of 1000 × 625 CSS pixels; it loads nothing. */
export function pageOf(scene: Scene): string {
  const { view, caption } = scene;
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title></title>',
    `<style>${style}</style>`,
    `<main class="window">${searchBar(view)}<div class="body">${body(scene)}</div>${actionBar(scene)}</main>`,
    `<p class="caption">${escaped(caption)}</p></html>`,
  ].join('\n');
}

function searchBar({ kind, depth, title, searchText, searchPlaceholder, dropdown, isLoading }: View): string {
  const back = depth > 0 ? `<span class="back">←</span>` : '';
  const chosen = dropdown?.options.find((one) => one.value === dropdown.value);
  const text = searchText === '' ? `<span class="placeholder">${escaped(searchPlaceholder ?? '')}</span>` : escaped(searchText);
  const field = kind === 'list' || kind === 'grid' ? `<span class="caret"></span>${text}` : escaped(title ?? '');
  const menu = chosen ? `<span class="dropdown">${escaped(chosen.title)}<i>⌄</i></span>` : '';
  return `<header class="${isLoading ? 'loading' : ''}">${back}<div class="search">${field}</div>${menu}</header>`;
}

function body(scene: Scene): string {
  const { view } = scene;
  if (view.empty) return emptyHtml(scene);
  if (view.kind === 'detail') return view.detail ? detailHtml(view.detail, scene, 'page') : '';
  if (view.kind !== 'list') throw new Error(`There is no drawing for a ${view.kind}.`);
  const sections = view.sections.map(({ title, subtitle, rows }) => {
    const name = title === undefined ? '' : `<h2>${escaped(title)}<small>${escaped(subtitle ?? '')}</small></h2>`;
    return name + rows.map((row) => rowHtml(row, scene)).join('');
  });
  const list = `<div class="list">${sections.join('')}</div>`;
  return view.detail ? `${list}<div class="beside">${detailHtml(view.detail, scene, 'beside')}</div>` : list;
}

function emptyHtml({ view: { empty }, assets }: Scene): string {
  const icon = empty?.icon === undefined ? '' : `<div class="picture">${imageHtml(empty.icon, assets)}</div>`;
  return `<div class="empty">${icon}<b>${escaped(empty?.title ?? '')}</b><p>${escaped(empty?.description ?? '')}</p></div>`;
}

function rowHtml(row: Row, { view, assets }: Scene): string {
  const icon = `<span class="icon">${imageHtml(row.icon, assets)}</span>`;
  const accessories = row.accessoryViews.map((one) => accessoryHtml(one, assets)).join('');
  return [
    `<div class="row${row.id === view.selected?.id ? ' selected' : ''}">${icon}<span class="title">${escaped(row.title)}</span>`,
    `<span class="subtitle">${escaped(row.subtitle ?? '')}</span><span class="accessories">${accessories}</span></div>`,
  ].join('');
}

function accessoryHtml({ text, tag, date, icon, color }: Accessory, assets: string): string {
  const image = icon === undefined ? '' : imageHtml(icon, assets);
  const css = colorOf(color);
  if (tag !== undefined) return tagHtml(tag, css, image);
  const words = text ?? date?.toLocaleDateString('en-US') ?? '';
  return `<span class="accessory"${css === undefined ? '' : ` style="color:${css}"`}>${image}${escaped(words)}</span>`;
}

const tagHtml = (text: string, color = '#9b9ba1', image = ''): string =>
  `<span class="tag" style="--color:${escaped(color)}">${image}${escaped(text)}</span>`;

function detailHtml({ markdown, metadata }: DetailView, { assets }: Scene, place: 'beside' | 'page'): string {
  const text = markdown === '' ? '' : `<div class="markdown">${markdownHtml(markdown)}</div>`;
  const facts = metadata.length === 0 ? '' : `<dl class="metadata">${metadata.map((one) => factHtml(one, assets)).join('')}</dl>`;
  return `<div class="detail ${place}${text === '' ? ' facts-only' : ''}">${text}${facts}</div>`;
}

/** Markdown as Raycast draws it: GitHub's, with pictures from anywhere. */
export const markdownHtml = (text: string): string =>
  renderToStaticMarkup(createElement(Markdown, { remarkPlugins: [remarkGfm], urlTransform: (url: string) => url }, text));

function factHtml({ kind, title, text, icon, tags }: Metadata, assets: string): string {
  if (kind === 'separator') return '<hr>';
  const image = icon === undefined ? '' : imageHtml(icon, assets);
  const value =
    kind === 'tags'
      ? (tags ?? []).map((tag) => tagHtml(tag.text, colorOf(tag.color))).join('')
      : `${image}${kind === 'link' ? `<a>${escaped(text ?? '')}</a>` : escaped(text ?? '')}`;
  return `<dt>${escaped(title)}</dt><dd>${value}</dd>`;
}

const key = (...names: string[]): string => names.map((name) => `<kbd>${name}</kbd>`).join('');

function actionBar({ view: { actions }, command, toast, assets }: Scene): string {
  const said = toast && `${escaped(toast.title)}${toast.message === undefined ? '' : ` <small>${escaped(toast.message)}</small>`}`;
  const left =
    toast && said
      ? `<span class="dot ${toast.style.toLowerCase()}"></span>${said}`
      : `${imageHtml('icon.png', assets)}<span class="command">${escaped(command)}</span>`;
  const [first] = actions.filter((action) => action.type !== 'action-submenu');
  const primary = first ? `<b>${escaped(first.title)}</b>${key('↵')}<i></i>Actions${key('⌘', 'K')}` : '';
  return `<footer>${left}<span class="right">${primary}</span></footer>`;
}
