/** Jest transform: a text file becomes a module whose default export is its text, as esbuild's loader `text` does. */
export default {
  // CommonJS: an ES module that imports it gets `module.exports` as its default.
  process: (text) => ({ code: `module.exports = ${JSON.stringify(text)};` }),
};
