/** What a window shows while no agent answers: words, no script, nothing from elsewhere. */

/** A `data:` address with the words in it. */
export function waitingPage(title: string, text: string): string {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>MLX Manager</title>
<style>:root{color-scheme:light dark}body{margin:0;height:100vh;display:grid;place-items:center;font:13px/1.5 -apple-system,system-ui,sans-serif;background:Canvas;color:CanvasText}main{max-width:42ch;padding:24px;text-align:center}h1{font-size:17px;font-weight:600;margin:0 0 6px}p{margin:0;opacity:.7;white-space:pre-line}</style>
<main role="status"><h1>${escape(title)}</h1><p>${escape(text)}</p></main></html>`;
  return `data:text/html;charset=utf-8,${encodeURIComponent(html)}`;
}

export const isWaitingPage = (url: string): boolean => url.startsWith('data:');

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
