/**
 * Draws the icons of the menu bar: `node scripts/tray-icons.mjs`. Run it after a change and commit the result. It needs a Chromium (draw.mjs).
 *
 * Template images: black and transparent, which macOS colors for its menu bar; 16 points, and twice as many pixels in the file `@2x`
 * (electronjs.org/docs/latest/api/native-image, "Template Image"). The M is that of assets/icon.svg, the state stands to its right, so that all four are
 * told apart by shape, not by color.
 */
import { draw } from './draw.mjs';

const M = '<path d="M1.6 13.2V2.8l4.2 5.4 4.2-5.4v10.4" stroke-width="1.7"/>';
const STATES = {
  // Nothing in memory: a ring.
  idle: '<circle cx="13.7" cy="3.9" r="1.35" stroke-width="1"/>',
  // Under way: three dots.
  loading:
    '<g fill="#000" stroke="none"><circle cx="13.7" cy="4" r="1.1"/><circle cx="13.7" cy="8" r="1.1"/><circle cx="13.7" cy="12" r="1.1"/></g>',
  // Ready: the icon's own dot.
  serving: '<circle cx="13.6" cy="3.9" r="2.1" fill="#000" stroke="none"/>',
  // An exclamation mark.
  trouble: '<path d="M13.7 2.9v5.6" stroke-width="1.8"/><circle cx="13.7" cy="12.3" r="1.15" fill="#000" stroke="none"/>',
};

draw(
  Object.entries(STATES).flatMap(([state, mark]) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">${M}${mark}</g></svg>`;
    return [
      { svg, file: `menubar-agent/assets/tray/${state}Template.png`, size: 16 },
      { svg, file: `menubar-agent/assets/tray/${state}Template@2x.png`, size: 32 },
    ];
  }),
);
