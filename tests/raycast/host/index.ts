/**
 * Raycast's host as its published types promise it, for tests of the built extension: real React, the real bundle, the Mac played by the test.
 *
 *   const host = createHost({ folder: await builtExtension(), preferences: { stateFolder }, env: { PATH: bin } });
 *   const screen = await host.launch('show-downloads', { arguments: {}, fallbackText: '', launchContext: {} });
 *   await screen.rowShown('mlx-community/tiny');                    // waits on commits, never polls
 *   await screen.until(() => screen.rows()[0]?.accessories.includes('100 %'));
 *   await screen.search('tiny'); await screen.select('tiny'); await screen.dropdown('Running');
 *   host.answer = true;                                             // how confirmAlert is answered; unset, an alert fails the test
 *   await screen.press('Delete');                                   // exact title, or 'Sampling…/Reset'; also enter(), key('cmd+r')
 *   await screen.press('Ask', { wait: false });                     // does not wait for the handler's promise
 *   await screen.fill({ name: 'x', port: '8080' }); await screen.submit();
 *   expect(host.toast?.title).toBe('Deleted'); expect(host.copied).toEqual([...]);   // also huds, alerts, opened, pasted, launched, logs
 *   console.log(screen.text());                                     // the window as text; screen.view() as data
 *   await screen.close();                                           // closing the window: unmounted, timers and requests end
 *   await host.run('stop-all-servers', { arguments: {} });          // no-view
 *   const menu = await host.menu('menu-bar'); await menu.press('Servers/tiny/Stop');
 *   const tool = host.tool('start-profile'); await tool.confirmation?.({ name: 'x' }); await tool({ name: 'x' });
 *   await host.close();                                             // in afterEach: throws what went wrong and nobody looked at
 *
 * Errors in rendering, effects, handlers and promises, and React's own complaints (a missing key), reject the next wait. What the Mac gives
 * is set on `host.machine`: clipboard, selectedText, finderItems, applications, ai, onLaunch. `screen.frames` holds every commit: its time,
 * rows, and whether the empty view was seen. One `supportPath` for two hosts keeps Cache and LocalStorage between them.
 *
 * While the extension does not compile as a whole, RAYCAST_UNCHECKED=1 bundles each command by itself, without the type check of `ray build`.
 */
export { createHost, Host, type HostOptions, type LaunchOptions, type Tool, type Confirmation } from './host.js';
export { Screen, type PressOptions } from './screen.js';
export { Menu, type MenuItem } from './menu.js';
export type { View, Row, Field, Metadata, DetailView, Accessory, Option } from './view.js';
export type { Frame, Session } from './session.js';
export type { ActionView } from './action-view.js';
export type { Entry, Launch, ShownToast } from './machine.js';
export { commonShortcut } from './action-view.js';
export { builtExtension, bundled } from './build.js';
