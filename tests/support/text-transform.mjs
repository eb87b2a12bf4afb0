/** Lets jest import a text file (the starter's Python) as its text, as the bundler does. */
export default {
  process: (text) => ({ code: `export default ${JSON.stringify(text)};` }),
};
