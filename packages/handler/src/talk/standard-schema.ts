/**
 * Anything that can check a value: a schema of Zod, Valibot, ArkType or whoever else follows Standard Schema.
 *
 * @remarks https://standardschema.dev, version 1.
 */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    /** Writes itself as JSON Schema, where it can. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: 'draft-07' }) => Readonly<Record<string, unknown>> }
      | undefined;
  };
}

/** What a schema says of a value. */
export type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, and where in it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Returns whether a value is a schema. */
export function isSchema(value: unknown): value is StandardSchema {
  // Schemas of ArkType are functions.
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return typeof standard === 'object' && standard !== null && 'validate' in standard;
}
