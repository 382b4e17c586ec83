import { classicFormats, type Format, modernFormats } from '@cometkit/codec';

/** Returns the response format with the same name as another format, such as that of the frames of a socket. */
export function responseFormat(format: Format): Format {
  return formatNamed(format.name) ?? format;
}

/** Returns the response format with a name. @returns undefined for a name that no format has. */
export function formatNamed(name: string): Format | undefined {
  return classicFormats.get(name as Format['name']) ?? modernFormats.get(name as Format['name']);
}
