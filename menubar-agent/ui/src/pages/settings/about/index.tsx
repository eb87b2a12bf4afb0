/** About: this agent and this machine, signing in elsewhere, a report for a fault, and the end. */
import { Link } from 'wouter';
import { Facts } from '../../../kit/index.js';
import { dateTime, duration, memoryGb, memoryMb } from '../../../lib/format.js';
import { useNow } from '../../../lib/now.js';
import { useAgentStatus, useMemory, useSystemInfo } from '../../../lib/resources.js';
import { Anchor, Group } from '../row.js';
import { DiagnosticsRow } from './diagnostics-row.js';
import { SignInRow } from './sign-in-row.js';
import { StopRow } from './stop-row.js';

export default function About() {
  return (
    <>
      <Anchor id="version">
        <Agent />
        <Machine />
      </Anchor>
      <Group title="Help">
        <SignInRow />
        <DiagnosticsRow />
        <Links />
      </Group>
      <Group title="Stopping">
        <StopRow />
      </Group>
    </>
  );
}

function Agent() {
  const { data, error } = useAgentStatus();
  const now = useNow(10_000);
  return (
    <Group title="Agent">
      <div className="min-h-44 py-2.5">
        {error !== null && data === undefined && (
          <p className="text-bad">
            {error.message} {error.action}
          </p>
        )}
        {data && (
          <Facts
            facts={[
              { name: 'Version', value: data.version, copy: data.version },
              { name: 'Address', value: data.baseUrl, copy: data.baseUrl, mono: true },
              {
                name: 'Running for',
                value: (
                  <span title={`Since ${dateTime(data.startedAt)}`}>
                    {duration(Math.max(10, Math.floor((now - Date.parse(data.startedAt)) / 1000)))}
                  </span>
                ),
              },
              { name: 'State folder', value: data.home, copy: data.home, mono: true },
              { name: 'Process', value: String(data.pid), copy: String(data.pid) },
              ...(data.memoryMb === null ? [] : [{ name: 'Memory', value: `${memoryMb(data.memoryMb)}, without engines` }]),
            ]}
          />
        )}
      </div>
    </Group>
  );
}

function Machine() {
  const { data } = useSystemInfo();
  const { data: memory } = useMemory();
  return (
    <Group title="Machine">
      <div className="min-h-28 py-2.5">
        {data && (
          <Facts
            facts={[
              { name: 'Chip', value: `${data.chip}, ${data.cores} cores${data.gpuCores === null ? '' : `, ${data.gpuCores} GPU cores`}` },
              {
                name: 'Memory',
                value: `${memoryGb(data.memoryGb)}${memory ? `, ${memoryGb(memory.usedGb)} in use` : ''}`,
              },
              { name: 'System', value: `${data.osVersion} (${data.arch})` },
              { name: 'Node', value: data.nodeVersion },
            ]}
          />
        )}
      </div>
    </Group>
  );
}

function Links() {
  return (
    <p className="flex flex-wrap gap-x-4 py-3">
      <Link href="/welcome">Get Started</Link>
      <a href="/api/docs" target="_blank" rel="noreferrer">
        API reference
      </a>
      <a href="/metrics" target="_blank" rel="noreferrer">
        Metrics
      </a>
      <a href="https://huggingface.co/mlx-community" target="_blank" rel="noreferrer">
        Models for MLX
      </a>
      <a href="https://github.com/ml-explore/mlx" target="_blank" rel="noreferrer">
        MLX
      </a>
    </p>
  );
}
