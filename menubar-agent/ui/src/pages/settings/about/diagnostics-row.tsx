/** Diagnostics to be put into a report: shown before they are copied. */
import { useState } from 'react';
import { Button, CodeBlock } from '../../../kit/index.js';
import { useAgentStatus, useAlerts, useEngines, usePool, useServers, useSystemInfo } from '../../../lib/resources.js';
import { useKnownSettings } from '../use-setting.js';
import { ActionRow } from './action-row.js';
import { diagnosticsText } from './diagnostics.js';

export function DiagnosticsRow() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <ActionRow
        id="diagnostics"
        title="Diagnostics"
        hint="Versions, machine, engines and states, for a report of a fault. No names, paths, addresses or secrets are in it."
      >
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide Diagnostics' : 'Show Diagnostics'}
        </Button>
      </ActionRow>
      {open && <Diagnostics />}
    </>
  );
}

function Diagnostics() {
  const agent = useAgentStatus();
  const system = useSystemInfo();
  const engines = useEngines();
  const servers = useServers();
  const pool = usePool();
  const alerts = useAlerts();
  const settings = useKnownSettings();
  const failed = [agent, system, engines, servers].find((one) => one.error !== null && one.data === undefined);
  if (failed?.error) {
    return (
      <p role="alert" className="py-2">
        <span className="text-bad">{failed.error.message}</span> {failed.error.action}
      </p>
    );
  }
  if (!agent.data || !system.data || !engines.data || !servers.data) return null;
  const text = diagnosticsText({
    agent: agent.data,
    system: system.data,
    engines: engines.data,
    servers: servers.data,
    pool: pool.data,
    settings,
    alerts: alerts.data ?? [],
    browser: navigator.userAgent,
  });
  return (
    <div className="py-2">
      <CodeBlock code={text} label="diagnostics" wrap />
    </div>
  );
}
