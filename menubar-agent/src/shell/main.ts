/** The shell's entry: the one file that imports Electron. Bundled by scripts/build-shell.mjs, as Electron's main process. */
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  globalShortcut,
  Menu,
  nativeTheme,
  Notification,
  powerMonitor,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';
import { menubar } from 'menubar';
import { agentPaths, createLogger } from '../core/index.js';
import type { ElectronParts } from './electron-parts.js';
import { PARTITION } from './guard.js';
import { Shell } from './shell.js';

/** The real ones. That they are what the shell expects is checked here, by the compiler. */
const electron = {
  app,
  get session() {
    return session.fromPartition(PARTITION);
  },
  shortcuts: globalShortcut,
  theme: { isDark: () => nativeTheme.shouldUseDarkColors },
  clipboard,
  get screen() {
    return screen;
  },
  createTray(image) {
    const tray = new Tray(image);
    return {
      tray,
      popUp: (template) => tray.popUpContextMenu(Menu.buildFromTemplate(template)),
      // The Dock icon is the shell's business (`showDockIcon` keeps menubar's hands off it), and so is what opening the app again does.
      attachDropdown: ({ tooltip, browserWindow }) =>
        menubar({ tray, tooltip, browserWindow, index: false, activateWithApp: false, showDockIcon: true }),
    };
  },
  createWindow: (options) => new BrowserWindow(options),
  createNotification: (options) => new Notification(options),
  setApplicationMenu: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
  fork: (script, args, options) => utilityProcess.fork(script, args, options),
  ask: (options) => dialog.showMessageBox(options),
  askNow: (options) => dialog.showMessageBoxSync(options),
  openExternal: (url) => shell.openExternal(url),
  onSessionEnd: (run) => {
    powerMonitor.on('shutdown', run);
  },
  reveal: (path) => shell.showItemInFolder(path),
} satisfies ElectronParts;

const LOG_BYTES = 2_000_000;
const LOGS_KEPT = 1;

const paths = agentPaths(process.env);
const logger = createLogger(`${paths.logs}/shell.log`, 'info', { maxBytes: () => LOG_BYTES, keep: () => LOGS_KEPT });
process.on('uncaughtExceptionMonitor', (error) => logger.fatal({ err: error }, 'the shell crashed'));

// A packaged app asks a newcomer on its first page; from a checkout `npm start` brings the starter as everywhere.
const own = process.argv.slice(app.isPackaged ? 1 : 2).filter((argument) => /^--(?:no-starter|port(?:=.*)?)$|^\d+$/.test(argument));
const shellOf = new Shell({
  electron,
  paths,
  env: process.env,
  platform: process.platform,
  logger,
  agentArgs: app.isPackaged ? ['--no-starter'] : own,
  onLine: (line) => {
    // A packaged app has nobody who reads it; the agent has a log of its own.
    if (!app.isPackaged) process.stdout.write(`${line}\n`);
  },
});
shellOf.start().catch((error: unknown) => {
  logger.fatal({ err: error }, 'the shell did not start');
  dialog.showErrorBox('MLX Manager did not start', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
