/** The least a page with data can be: one script that fetches and shows a word. What ours are measured beside, so that a busy machine is seen. */
import { createServer } from 'node:http';

const FILES = {
  '/': ['text/html', '<!doctype html><title>bare</title><body><p>bare</p><script type="module" src="/bare.js"></script>'],
  '/bare.js': [
    'text/javascript',
    `const answer = await (await fetch('/data')).json();\ndocument.body.append(Object.assign(document.createElement('p'), { textContent: answer.word }));`,
  ],
  '/data': ['application/json', '{"word":"here it is"}'],
};
const server = createServer(({ url }, response) => {
  const [type, body] = FILES[url] ?? ['text/plain', ''];
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
});

/** @returns its address, and how to end it. */
export async function startBarePage() {
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
