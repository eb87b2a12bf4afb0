/** Takes out of a command's output what tells whose machine it was. */

/**
 * @param {string} text
 * @param {{ user: string, home: string, host: string, fullName?: string }} who
 */
export function redact(text, { user, home, host, fullName = '' }) {
  const names = [
    [home, '/Users/someone'],
    [fullName, 'Some One'],
    [host, 'some-mac'],
    [host.replace(/\.(local|lan|home)$/i, ''), 'some-mac'],
  ];
  let out = text;
  for (const [name, instead] of names) if (name.length > 2) out = out.replaceAll(name, instead);
  // A short user name is part of many words: only as a word, and as a folder.
  if (user.length > 0) out = out.replace(new RegExp(`(?<![\\w.-])${escape(user)}(?![\\w-])`, 'g'), 'someone');
  return (
    out
      // "IOPlatformSerialNumber" = "C02…", "serial-number" = <…>
      .replace(/("?[\w -]*serial[\w -]*"?\s*[=:]\s*)("[^"]*"|<[^>]*>|\S+)/gi, '$1"REDACTED"')
      .replace(/\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b/gi, '00000000-0000-0000-0000-000000000000')
      .replace(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, '00:00:00:00:00:00')
      .replace(/[\w.+-]+@[\w-]+\.[\w.-]+/g, 'someone@example.com')
      .replace(/\b(?:hf|sk|ghp|gho)[-_][A-Za-z0-9_-]{8,}/g, 'SECRET')
  );
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
