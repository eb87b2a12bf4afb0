/**
 * Thinking in the form of `encrypted_content`: clients that store nothing (`include: ["reasoning.encrypted_content"]`) keep it and send it back
 * unread, and so a model goes on thinking where it was in a tool loop. It is no secret (the client has the text as well), so it is only packed.
 */
const MARK = 'mlxm1.';

/** The packed form of a text. */
export const sealReasoning = (text: string): string => MARK + Buffer.from(text, 'utf8').toString('base64url');

/** The text of a packed form; null when it is not one of ours. */
export const openReasoning = (sealed: string): string | null =>
  sealed.startsWith(MARK) ? Buffer.from(sealed.slice(MARK.length), 'base64url').toString('utf8') : null;
