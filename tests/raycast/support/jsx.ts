/** Reads JSX without running it: which elements a source holds, and which a component returns at its root. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { extensionFolder, read } from './extension.js';

export interface Element {
  /** As written: `Action.Push`. */
  tag: string;
  /** Names of the attributes given. */
  attributes: string[];
  /** Whether `{...props}` may give more. */
  spread: boolean;
  /** The text of an attribute given as a plain string. */
  text: (attribute: string) => string | undefined;
  /** `src/file.tsx:12` */
  place: string;
}

const parsed = new Map<string, ts.SourceFile>();
function parse(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ESNext, true, kind);
  parsed.set(file, source);
  return source;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function element(source: ts.SourceFile, node: ts.JsxOpeningElement | ts.JsxSelfClosingElement): Element {
  const given = node.attributes.properties.filter(ts.isJsxAttribute);
  const named = (name: string) => given.find((attribute) => attribute.name.getText(source) === name)?.initializer;
  return {
    tag: node.tagName.getText(source),
    attributes: given.map((attribute) => attribute.name.getText(source)),
    spread: node.attributes.properties.some(ts.isJsxSpreadAttribute),
    text: (attribute) => {
      const value = named(attribute);
      if (!value) return undefined;
      if (ts.isStringLiteral(value)) return value.text;
      const inner = ts.isJsxExpression(value) ? value.expression : undefined;
      return inner && ts.isStringLiteralLike(inner) ? inner.text : undefined;
    },
    place: `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`,
  };
}

/** Every JSX element of a source. */
export function elementsOf(file: string): Element[] {
  const source = parse(file);
  const found: Element[] = [];
  walk(source, (node) => {
    if (ts.isJsxOpeningElement(node) || ts.isJsxSelfClosingElement(node)) found.push(element(source, node));
  });
  return found;
}

/** Every text a user may read: string attributes of JSX, text between tags, and `title`, `message`, `label`… of objects, and what calls are given. */
export function textsOf(file: string): { text: string; place: string }[] {
  const source = parse(file);
  const found: { text: string; place: string }[] = [];
  const add = (node: ts.Node, text: string) =>
    found.push({ text, place: `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}` });
  const shown = /^(title|message|subtitle|label|description|placeholder|tooltip|text|info|searchBarPlaceholder|markdown|name)$/;
  walk(source, (node) => {
    if (ts.isJsxText(node)) add(node, node.text);
    else if (ts.isJsxAttribute(node) || ts.isPropertyAssignment(node)) {
      if (!shown.test(node.name.getText(source)) || !node.initializer) return;
      walk(node.initializer, (inner) => {
        if (ts.isStringLiteralLike(inner) || ts.isTemplateHead(inner) || ts.isTemplateMiddleOrTemplateTail(inner)) add(inner, inner.text);
      });
    } else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const argument of node.arguments ?? []) if (ts.isStringLiteralLike(argument)) add(argument, argument.text);
    }
  });
  return found;
}

/** The function a name stands for in a file, or the default export. */
function functionOf(source: ts.SourceFile, name: string | undefined): ts.Node | undefined {
  let found: ts.Node | undefined;
  for (const statement of source.statements) {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isDefault = modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
    if (ts.isFunctionDeclaration(statement) && (name === undefined ? isDefault : statement.name?.text === name)) found = statement;
    if (ts.isExportAssignment(statement) && name === undefined) {
      found = ts.isIdentifier(statement.expression) ? functionOf(source, statement.expression.text) : statement.expression;
    }
    if (name !== undefined && ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        if (declaration.name.getText(source) === name) found = declaration.initializer;
      }
    }
  }
  return found;
}

/** The file and the exported name that a local name was imported from, when that is a file of the extension. */
function importOf(source: ts.SourceFile, name: string): { file: string; name: string | undefined } | undefined {
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const specifier = statement.moduleSpecifier.text;
    const bindings = statement.importClause?.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.find((one) => one.name.text === name) : undefined;
    const isDefault = statement.importClause?.name?.text === name;
    if ((!named && !isDefault) || !specifier.startsWith('.')) continue;
    const base = join(dirname(source.fileName), specifier.replace(/\.js$/, ''));
    const file = [`${base}.tsx`, `${base}.ts`, `${base}/index.tsx`, `${base}/index.ts`].find((one) =>
      existsSync(join(extensionFolder, one)),
    );
    return file ? { file, name: isDefault ? undefined : (named?.propertyName ?? named?.name)?.text } : undefined;
  }
  return undefined;
}

/**
 * The elements a command shows at its root: what its default export returns, through the extension's own components. Elements given as
 * attributes (`actions`, `target` of a push) and children are other places.
 */
export function rootElements(file: string, name?: string, seen = new Set<string>()): Element[] {
  const key = `${file}#${name ?? 'default'}`;
  const source = parse(file);
  const start = functionOf(source, name);
  if (seen.has(key) || !start) return [];
  seen.add(key);
  const found: Element[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxAttributes(node)) return;
    if (ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node)) {
      const here = element(source, ts.isJsxElement(node) ? node.openingElement : node);
      found.push(here);
      const from = importOf(source, here.tag);
      if (from) found.push(...rootElements(from.file, from.name, seen));
      else if (functionOf(source, here.tag)) found.push(...rootElements(file, here.tag, seen));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(start);
  return found;
}
