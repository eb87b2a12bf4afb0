/** The header by which a browser saves an answer as a file. */

/** Bytes of a file name that every file system takes, the ending included. */
const LONGEST = 120;

/**
 * `Content-Disposition: attachment` with a name in ASCII and, where that is not all, in UTF-8.
 * Source: RFC 6266, section 4; RFC 8187, section 3.2.
 */
export function attachmentHeader(name: string): string {
  const safe = safeName(name);
  const ascii = safe
    .normalize('NFKD')
    .replace(/[^ -~]/g, '')
    .replace(/["\\%]/g, '')
    .trim();
  const plain = /^[^.]/.test(ascii) ? ascii : `file${ascii}`;
  const extended =
    plain === safe
      ? ''
      : `; filename*=UTF-8''${encodeURIComponent(safe).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  return `attachment; filename="${plain}"${extended}`;
}

/** What no file system and no shell takes for anything but a name. */
function safeName(name: string): string {
  const clean = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029<>:"/\\|?*]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+/, '');
  const [, base = clean, ending = ''] = /^(.*?)(\.[A-Za-z0-9]{1,8})?$/.exec(clean) ?? [];
  let short = '';
  for (const letter of base.trim()) {
    if (Buffer.byteLength(short + letter + ending) > LONGEST) break;
    short += letter;
  }
  return `${short.trim() || 'file'}${ending}`;
}
