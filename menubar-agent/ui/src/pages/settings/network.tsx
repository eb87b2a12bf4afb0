/** Network and access: who can reach the agent, and Ollama's clients. */
import { useEffect } from 'react';
import { CopyButton, StateDot } from '../../kit/index.js';
import { REFETCH, useApi } from '../../lib/query.js';
import { Settings } from './groups.js';

const OPENING_MS = 500;

export default function NetworkAndAccess() {
  return (
    <>
      <Settings group="listen" />
      <Settings group="ollama" before={<OllamaState />} />
    </>
  );
}

/** How the port for Ollama's clients stands. */
function OllamaState() {
  const {
    data,
    error: failure,
    refetch,
  } = useApi(['ollama'], (client, signal) => client.ollamaStatus({ signal }), {
    topics: ['settings'],
    on: () => REFETCH,
  });
  const between = data !== undefined && data.enabled && !data.listening && data.error === null;
  useEffect(() => {
    // Asked while the port was just being opened; nothing tells when it is.
    if (!between) return undefined;
    const timer = setTimeout(refetch, OPENING_MS);
    return () => clearTimeout(timer);
  }, [between, refetch]);
  if (!data) return <div className="min-h-11 py-3 text-bad">{failure?.message}</div>;
  const { enabled, listening, port, url, portFree, error } = data;
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-3 py-2">
      <div role="status" className="min-w-0">
        {error !== null ? (
          <>
            <StateDot tone="bad" label={error.message} /> <span className="text-muted">{error.action}</span>
          </>
        ) : listening ? (
          <StateDot tone="good" label={`Listens on port ${port}`} />
        ) : enabled ? (
          <StateDot tone="warn" busy label={`Begins to listen on port ${port}`} />
        ) : (
          <StateDot
            tone="plain"
            label={portFree ? `Off. Port ${port} is free.` : `Off. Port ${port} is taken, perhaps by Ollama itself.`}
          />
        )}
      </div>
      {url !== null && (
        <span className="flex items-center gap-1">
          <code className="select-text">OLLAMA_HOST={url}</code>
          <CopyButton text={url} label="Copy the address for Ollama’s clients" />
        </span>
      )}
    </div>
  );
}
