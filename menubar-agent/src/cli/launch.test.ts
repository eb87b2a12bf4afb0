/** How an agent is started again. */
import { launchOf } from './launch.js';

test('Node starts it again as it was started; inside Electron the shell says how', () => {
  const script = process.argv[1];
  expect(launchOf({})).toEqual({ launcher: [process.execPath, ...process.execArgv, script] });
  expect(launchOf({ MLX_MANAGER_NODE: '/opt/node' }, '45.4.1')).toEqual({
    launcher: ['/opt/node', script],
    loginCommand: ['/opt/node', script, 'start', '--headless', '--no-starter', '--unless-running'],
  });
  expect(launchOf({ MLX_MANAGER_APP: '/Applications/MLX Manager.app' }, '45.4.1')).toEqual({
    loginCommand: ['/usr/bin/open', '-g', '-a', '/Applications/MLX Manager.app'],
  });
  // Nobody else can start a helper of Electron.
  expect(launchOf({}, '45.4.1')).toEqual({});
});
