/**
 * The one place where the names on the wire (snake_case JSON) meet the names in TypeScript (camelCase).
 * A schema made by {@link wireObject} is a zod codec: `decode` reads JSON into camelCase, `encode` writes it back.
 */
import * as z from 'zod';

/** `modelPath` → `model_path`, as a type. */
export type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeCase<Tail>}`
    : `_${Lowercase<Head>}${SnakeCase<Tail>}`
  : S;

type SnakeShape<S extends z.ZodRawShape> = { [K in keyof S & string as SnakeCase<K>]: S[K] };
type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The camelCase value that TypeScript code sees. */
type CamelOutput<S extends z.ZodRawShape> = Simplify<z.output<z.ZodObject<S>>>;

/** A codec between a snake_case JSON object and its camelCase twin. */
export type WireObject<S extends z.ZodRawShape> = z.ZodCodec<z.ZodObject<SnakeShape<S>>, z.ZodCustom<CamelOutput<S>, CamelOutput<S>>>;

/**
 * `modelPath` → `model_path`.
 * @param key a camelCase name.
 */
export function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * `model_path` → `modelPath`.
 * @param key a snake_case name.
 */
export function toCamelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * A JSON object whose keys are snake_case on the wire and camelCase in TypeScript.
 * Unknown keys are refused when `strict` is set (bodies: a misspelt option must not vanish), dropped otherwise.
 * @param shape camelCase name → schema; values may themselves be wire objects.
 * @param options `strict` for what a client sends; `id` names the schema in the OpenAPI document.
 */
export function wireObject<S extends z.ZodRawShape>(
  shape: S,
  options: { strict?: boolean; id?: string; description?: string } = {},
): WireObject<S> {
  const toWire = new Map(Object.keys(shape).map((key) => [key, toSnakeCase(key)]));
  const toInner = new Map([...toWire].map(([inner, wire]) => [wire, inner]));
  // Encoding asks for every entry; a caller may leave out those with a default, as on the wire.
  const defaults = Object.fromEntries(
    Object.entries(shape).flatMap(([key, schema]) => (schema instanceof z.ZodDefault ? [[key, schema.def.defaultValue]] : [])),
  );
  const snakeShape = Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [toSnakeCase(key), schema]),
  ) as unknown as SnakeShape<S>;
  const outer = (options.strict ? z.strictObject(snakeShape) : z.object(snakeShape)) as z.ZodObject<SnakeShape<S>>;
  const inner = z.custom<CamelOutput<S>>((value) => typeof value === 'object' && value !== null);
  const codec = z.codec(outer, inner, {
    decode: (value) => renameKeys(value, toInner) as CamelOutput<S>,
    encode: (value) => renameKeys({ ...defaults, ...value }, toWire) as z.output<z.ZodObject<SnakeShape<S>>>,
  }) as unknown as WireObject<S>;
  // The id goes on the wire side: that is what the OpenAPI document shows.
  if (options.id !== undefined) {
    z.globalRegistry.add(outer, { id: options.id, ...(options.description && { description: options.description }) });
  }
  return codec;
}

function renameKeys(value: object, names: Map<string, string>): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) renamed[names.get(key) ?? key] = item;
  }
  return renamed;
}

/**
 * The same shape with every entry optional, for updates that name only what changes.
 * @param shape camelCase name → schema.
 */
export function partialShape<S extends z.ZodRawShape>(shape: S): { [K in keyof S]: z.ZodOptional<Bare<S[K]>> } {
  return Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [key, z.optional(withoutDefault(schema as z.ZodType))]),
  ) as unknown as { [K in keyof S]: z.ZodOptional<Bare<S[K]>> };
}

type Bare<T> = T extends z.ZodDefault<infer Inner> ? Inner : T;

function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}
