/** Open WebUI and Raycast's own AI. */
import { keyOf, keySteps, MISSING_KEY, shell } from './text.js';
import type { ConnectTarget, Guide, GuideStep } from './types.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * docs.openwebui.com/features/openai and /getting-started/env-configuration: OPENAI_API_BASE_URL and OPENAI_API_KEY, read at the first start and kept in its
 * database from then on. From a container this machine is host.docker.internal, a name that the agent answers to only when it is allowed, and only with a key.
 */
export function openWebui(target: ConnectTarget): Guide {
  const url = new URL(target.origin);
  const isLocal = LOOPBACK.test(url.hostname);
  const inDocker = isLocal ? `${url.protocol}//host.docker.internal${url.port === '' ? '' : `:${url.port}`}` : target.origin;
  // Under a name that is not loopback's a key is always asked for.
  const key = target.key ?? MISSING_KEY;
  const dockerSteps: GuideStep[] =
    isLocal && target.letsContainersIn !== true
      ? [
          {
            title: 'Let containers in',
            opens: 'containers',
            text: 'Add host.docker.internal to allowed_hosts in the settings of MLX Manager. TOKEN is in agent.json of its state folder. Names that are there already go into the list too.',
            language: 'bash',
            code: `curl -X PATCH ${target.origin}/api/settings -H "Authorization: Bearer $TOKEN" \\\n  -H "Content-Type: application/json" -d '{"allowed_hosts": ["host.docker.internal"]}'`,
          },
        ]
      : [];
  return {
    id: 'open-webui',
    name: 'Open WebUI',
    summary: 'A chat page in the browser, in Docker or from PyPI.',
    url: 'https://docs.openwebui.com/features/openai',
    steps: [
      ...dockerSteps,
      ...keySteps({ ...target, keyRequired: true }, 'open-webui'),
      {
        title: 'Start it in Docker',
        text: 'Then open http://localhost:3000. One that has been started before keeps its settings: change them there, under Admin Settings → Connections.',
        language: 'bash',
        code: [
          'docker run -d -p 3000:8080 -v open-webui:/app/backend/data \\',
          '  --add-host=host.docker.internal:host-gateway \\',
          `  -e OPENAI_API_BASE_URL=${shell(`${inDocker}/v1`)} \\`,
          `  -e OPENAI_API_KEY=${shell(key)} \\`,
          '  --name open-webui --restart always ghcr.io/open-webui/open-webui:main',
        ].join('\n'),
      },
      {
        title: 'Or without Docker',
        text: 'Then open http://localhost:8080.',
        language: 'bash',
        code: `OPENAI_API_BASE_URL=${shell(`${target.origin}/v1`)} OPENAI_API_KEY=${shell(keyOf(target))} uvx --python 3.11 open-webui@latest serve`,
      },
    ],
  };
}

/** Raycast's AI reaches local models by its Ollama host setting (manual.raycast.com/ai; raycast/extensions 28409): Sync Models reads /api/tags and /api/show. */
export function raycastAi(target: ConnectTarget): Guide {
  const { enabled, port } = target.ollama ?? { enabled: false, port: 11_434 };
  const host = new URL(target.origin).hostname;
  const turnOn: GuideStep = {
    title: 'Answer Ollama’s clients',
    opens: 'ollama',
    text: `Turn on ollama_enabled in the settings of MLX Manager. TOKEN is in agent.json of its state folder. If Ollama itself runs on port ${port}, end it or set ollama_port to another one.`,
    language: 'bash',
    code: `curl -X PATCH ${target.origin}/api/settings -H "Authorization: Bearer $TOKEN" \\\n  -H "Content-Type: application/json" -d '{"ollama_enabled": true}'`,
  };
  return {
    id: 'raycast-ai',
    name: 'Raycast AI',
    summary: 'Raycast’s own AI with models of this Mac.',
    url: 'https://manual.raycast.com/ai',
    steps: [
      ...(enabled ? [] : [turnOn]),
      { title: 'Set the Ollama host', text: 'Raycast Settings → AI → Local Models (Ollama) → Ollama Host.', code: `${host}:${port}` },
      { title: 'Sync Models', text: `Press Sync Models there. Then choose ${target.model} in AI Chat or Quick AI.` },
    ],
  };
}
