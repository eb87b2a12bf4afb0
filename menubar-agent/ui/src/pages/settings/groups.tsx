/** The groups of the catalogue, drawn: each setting by its kind, a few by a row of their own. */
import type { ComponentType, ReactNode } from 'react';
import type { SettingKey } from '@mlx-manager/shared';
import { Combobox, Switch } from '../../kit/index.js';
import { useProfiles } from '../../lib/resources.js';
import { ChoiceRow, ListRow, SwitchRow, TypedRow } from './controls.js';
import { KeyRequiredRow, ListenRow } from './listen.js';
import { Group, groupOf, SettingRow } from './row.js';
import { ShortcutRow } from './shortcut.js';
import { useSetting } from './use-setting.js';
import type { GroupId } from './places.js';
import type { ChoiceKey, ListKey, SwitchKey, TypedKey } from './values.js';

const row =
  <N extends SettingKey>(Row: ComponentType<{ name: N }>, name: N): ComponentType =>
  () => <Row name={name} />;
const switched = (name: SwitchKey): ComponentType => row(SwitchRow, name);
const chosen = (name: ChoiceKey): ComponentType => row(ChoiceRow, name);
const typed = (name: TypedKey): ComponentType => row(TypedRow, name);
const listed = (name: ListKey): ComponentType => row(ListRow, name);

const ROWS: Record<SettingKey, ComponentType> = {
  keepServersRunning: switched('keepServersRunning'),
  preventSleep: switched('preventSleep'),
  defaultProfileId: DefaultProfileRow,
  chatTitles: chosen('chatTitles'),
  maxMemoryPercent: typed('maxMemoryPercent'),
  maxMemoryGb: typed('maxMemoryGb'),
  memoryEvictPercent: typed('memoryEvictPercent'),
  memoryRefusePercent: typed('memoryRefusePercent'),
  onDemand: switched('onDemand'),
  hfEndpoint: typed('hfEndpoint'),
  huggingfaceCachePath: typed('huggingfaceCachePath'),
  modelFolders: listed('modelFolders'),
  maxDownloads: typed('maxDownloads'),
  downloadConnections: typed('downloadConnections'),
  defaultPortStart: typed('defaultPortStart'),
  startTimeout: typed('startTimeout'),
  healthCheckInterval: typed('healthCheckInterval'),
  maxRestarts: typed('maxRestarts'),
  enginePython: typed('enginePython'),
  listenHost: ListenRow,
  requireApiKey: KeyRequiredRow,
  allowedHosts: listed('allowedHosts'),
  allowedOrigins: listed('allowedOrigins'),
  ollamaEnabled: switched('ollamaEnabled'),
  ollamaPort: typed('ollamaPort'),
  ollamaWrites: switched('ollamaWrites'),
  routingEnabled: RoutingRow,
  logLevel: chosen('logLevel'),
  logMaxMb: typed('logMaxMb'),
  logKeep: typed('logKeep'),
  requestRetentionDays: typed('requestRetentionDays'),
  requestMaxRows: typed('requestMaxRows'),
  captureRequests: switched('captureRequests'),
  metricsPublic: switched('metricsPublic'),
  otelEndpoint: typed('otelEndpoint'),
  alertFirstTokenMs: typed('alertFirstTokenMs'),
  alertErrorPercent: typed('alertErrorPercent'),
  trayTitle: switched('trayTitle'),
  notifications: chosen('notifications'),
  quickChatShortcut: ShortcutRow,
  askOnQuit: switched('askOnQuit'),
};

/** @param before rows in front of the group's settings. @param children rows behind them. */
export function Settings({ group, before, children }: { group: GroupId; before?: ReactNode; children?: ReactNode }) {
  const { title, hint, keys } = groupOf(group);
  return (
    <Group id={group} title={title} {...(hint !== undefined && { hint })}>
      {before}
      {keys.map((key) => {
        const Row = ROWS[key];
        return <Row key={key} />;
      })}
      {children}
    </Group>
  );
}

function RoutingRow() {
  const setting = useSetting('routingEnabled');
  return (
    <SettingRow
      setting={setting}
      hint={
        setting.value
          ? 'Every request is held against the rules below.'
          : 'Off: the model that a request names answers, on this Mac. The rules below are kept and can be tested.'
      }
    >
      <Switch checked={setting.shown} onCheckedChange={(on) => void setting.change(on)} />
    </SettingRow>
  );
}

function DefaultProfileRow() {
  const setting = useSetting('defaultProfileId');
  const profiles = useProfiles().data ?? [];
  return (
    <SettingRow setting={setting}>
      <Combobox<number>
        value={setting.shown}
        onValueChange={(id) => id !== setting.value && void setting.change(id)}
        options={profiles.map(({ id, name, modelPath }) => ({ value: id, label: name, hint: modelPath }))}
        placeholder="Whichever runs"
        empty="No profile fits."
        className="w-56"
      />
    </SettingRow>
  );
}
