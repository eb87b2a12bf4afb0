/** Where the window opens. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeWindow, readBounds, writeBounds } from './bounds.js';

const DISPLAY = { x: 0, y: 25, width: 1440, height: 875 };

test('what was kept is read again; what is damaged is as good as nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlx-bounds-'));
  try {
    const file = join(folder, 'window.json');
    expect(readBounds(file)).toBeNull();
    writeBounds(file, { x: -5, y: 30, width: 900, height: 700 });
    expect(readBounds(file)).toEqual({ x: -5, y: 30, width: 900, height: 700 });
    for (const text of ['{', 'null', '{"x":1}', '{"x":"1","y":1,"width":1,"height":1}', '{"x":1e400,"y":1,"width":1,"height":1}']) {
      writeFileSync(file, text);
      expect(readBounds(file)).toBeNull();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('it comes back where it was, if that can be seen', () => {
  expect(placeWindow({ x: 100, y: 100, width: 900, height: 700 }, [DISPLAY])).toEqual({ x: 100, y: 100, width: 900, height: 700 });
  // The display is gone, or the window hangs off it.
  expect(placeWindow({ x: 3000, y: 100, width: 900, height: 700 }, [DISPLAY])).toEqual({ width: 1180, height: 780 });
  expect(placeWindow({ x: 1400, y: 100, width: 900, height: 700 }, [DISPLAY])).toEqual({ width: 1180, height: 780 });
  expect(placeWindow(null, [DISPLAY])).toEqual({ width: 1180, height: 780 });
  // Larger than the display, and its title bar above it.
  expect(placeWindow({ x: 0, y: -40, width: 4000, height: 3000 }, [DISPLAY])).toEqual({ x: 0, y: 25, width: 1440, height: 875 });
});
