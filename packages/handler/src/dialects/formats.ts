import { classicFormats, type Format, modernFormats } from '@cometkit/codec';

/** Returns the response format with the same name as another format, such as that of the frames of a socket. */
export function responseFormat(format: Format): Format {
  return classicFormats.get(format.name) ?? modernFormats.get(format.name) ?? format;
}
