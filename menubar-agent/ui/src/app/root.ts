/** The place of everything that is drawn. The agent may have ended while it sent the page: then there is none yet, and the page waits for the agent in its own. */
export function rootElement(): HTMLElement {
  const there = document.getElementById('root');
  if (there) return there;
  const made = document.createElement('div');
  made.id = 'root';
  document.body.append(made);
  return made;
}
