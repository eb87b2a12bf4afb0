/**
 * What `ray lint` looks up on the net, answered on loopback: whether the author's handle exists, and the manifest's schema. Its requests as
 * read in @raycast/api 1.104.25, dist/commands/lint: GET /api/v1/users/HANDLE, GET /api/v1/organizations/HANDLE and the schema's own address.
 * Whether the handle of the manifest exists at Raycast is a step of the release, not of a test.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const schema = readFileSync(new URL('./manifest.schema.json', import.meta.url));

/**
 * Starts the stub on a free port of 127.0.0.1. `author`: the only handle it knows.
 * @param {{ author: string }} options
 * @returns {Promise<{ url: string, schema: string, requests: string[], close: () => Promise<void> }>}
 */
export async function startStub({ author }) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const answer = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    if (request.url === '/schemas/extension.json') return answer(200, schema);
    if (request.url === `/api/v1/users/${author}`) return answer(200, JSON.stringify({ id: author, handle: author }));
    if (request.url.startsWith('/api/v1/users/'))
      return answer(404, JSON.stringify({ errors: [{ status: 404, title: "Couldn't find User" }] }));
    return answer(404, JSON.stringify({ errors: [{ status: 404, title: 'Not found' }] }));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    schema: `${url}/schemas/extension.json`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
