/** The menu bar's menu while a window is in front. */
import type { MenuItemConstructorOptions } from 'electron';
import type { Command } from './tray-menu.js';

/**
 * Without it the usual keys (copy, paste, close) do nothing on macOS. There is no Reload: Command+R, Command+K, Command+L and Command+E belong to the page.
 * @param developer adds the developer tools: not in a packaged app.
 */
export function applicationMenu(run: (command: Command) => void, developer: boolean): MenuItemConstructorOptions[] {
  return [
    {
      label: 'MLX Manager',
      submenu: [
        { role: 'about' },
        { type: 'separator' },
        { label: 'Settings…', accelerator: 'Command+,', click: () => run({ do: 'open', route: '/settings' }) },
        { type: 'separator' },
        { role: 'hide' },
        { role: 'hideOthers' },
        { role: 'unhide' },
        { type: 'separator' },
        { label: 'Quit MLX Manager', accelerator: 'Command+Q', click: () => run({ do: 'quit', servers: 'as-set' }) },
      ],
    },
    {
      label: 'File',
      submenu: [
        { label: 'New Chat', accelerator: 'Command+N', click: () => run({ do: 'open', route: '/chat' }) },
        { type: 'separator' },
        { role: 'close' },
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(developer ? [{ role: 'toggleDevTools' as const }] : []),
      ],
    },
    {
      label: 'Go',
      submenu: [
        { label: 'Back', accelerator: 'Command+[', click: () => run({ do: 'go', by: -1 }) },
        { label: 'Forward', accelerator: 'Command+]', click: () => run({ do: 'go', by: 1 }) },
      ],
    },
    { role: 'windowMenu' },
  ];
}
