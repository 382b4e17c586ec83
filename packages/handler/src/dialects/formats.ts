import { classicFormats, type Format, modernFormats } from '@cometkit/codec';

/** The format of responses that goes by the name of another, such as that of a socket's frames. */
export function responseFormat(format: Format): Format {
  return classicFormats.get(format.name) ?? modernFormats.get(format.name) ?? format;
}
