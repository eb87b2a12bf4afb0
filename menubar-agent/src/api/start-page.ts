/** The page at `/`: what runs, and how a client reaches it. Plain HTML; the window of the product takes its place. */
import { basename } from 'node:path';
import type { Server } from '@mlx-manager/shared';
import type { ApiDeps } from './deps.js';

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:46rem;margin:3rem auto;padding:0 1.25rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}p{margin:.4rem 0}.muted{opacity:.7}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}
pre{white-space:pre-wrap;overflow-wrap:anywhere}code,pre{font:13px/1.45 ui-monospace,monospace}pre{padding:.75rem 1rem;border-radius:8px;overflow:auto;background:color-mix(in srgb,currentColor 7%,transparent)}`;

/**
 * The page's HTML. Without a session it says nothing of the machine but how to sign in.
 * @param signedIn whether the caller may see what runs.
 */
export async function startPage(deps: ApiDeps, signedIn: boolean): Promise<string> {
  const body = signedIn ? await overview(deps) : signIn();
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MLX Manager</title><style>${STYLE}</style></head><body><h1>MLX Manager</h1>${body}</body></html>`;
}

function signIn(): string {
  return `<p>The agent is running. To see your models here, sign this browser in:</p><pre>npx mlx-manager open</pre>
<p class="muted">OpenAI clients need no sign-in: their base URL is this address with <code>/v1</code>.</p>`;
}

async function overview(deps: ApiDeps): Promise<string> {
  const status = await deps.agent.status();
  const servers = deps.servers.list();
  const first = servers.find((server) => server.state === 'healthy');
  const list =
    servers.length === 0
      ? '<p class="muted">Nothing runs. Start a profile with: <code>npx mlx-manager run PROFILE</code></p>'
      : `<table><tr><th>Profile</th><th>Model</th><th>Engine</th><th>State</th></tr>${servers.map(row).join('')}</table>`;
  const question = JSON.stringify({ model: first?.profileName ?? 'PROFILE', messages: [{ role: 'user', content: 'Hello!' }] }).replaceAll(
    "'",
    "'\\''",
  );
  return `<p class="muted">Version ${escape(status.version)} · ${count(status.localModels, 'model')} here · ${count(status.downloads, 'download')} under way</p>
<h2>Running</h2>${list}
<h2>Ask</h2><pre>curl ${escape(status.baseUrl)}/chat/completions -H 'content-type: application/json' -d '${escape(question)}'</pre>
<h2>More</h2><p><a href="/api/docs">API reference</a></p>`;
}

function row(server: Server): string {
  const why = server.failure ? `<br><span class="muted">${escape(server.failure.message)} ${escape(server.failure.action)}</span>` : '';
  return `<tr><td>${escape(server.profileName)}</td><td title="${escape(server.modelPath)}">${escape(server.modelPath.startsWith('/') ? basename(server.modelPath) : server.modelPath)}</td><td>${escape(server.engine)}</td><td>${escape(server.state)}${why}</td></tr>`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] as string);
