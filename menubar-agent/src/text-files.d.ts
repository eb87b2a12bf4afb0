/** Files that esbuild (scripts/build.mjs) and jest (tests/support/text-transform.mjs) import as their text. */
declare module '*.py' {
  const text: string;
  export default text;
}
