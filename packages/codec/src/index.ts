export {
  classicFieldName,
  classicFieldNames,
  classicFields,
  classicType,
  modernFieldName,
  modernType,
} from './classic-names.ts';
export { withCursors } from './cursors.ts';
export type { Decoder, DecoderOptions } from './decoder.ts';
export { createJsDecoder } from './decoders/js.ts';
export { createJsonDecoder } from './decoders/json.ts';
export { createNdjsonDecoder } from './decoders/ndjson.ts';
export {
  createSseDecoder,
  type SseDecoder,
  type SseDecoderOptions,
  type SseMessage,
} from './decoders/sse.ts';
export { createXmlDecoder, createXmlStrictDecoder } from './decoders/xml.ts';
export { type ElementDialect, type ElementOptions, parseElement } from './element.ts';
export { type DecodedEvent, decodeEnvelope } from './envelope.ts';
export {
  DecodeError,
  type DecodeErrorType,
  EncodeError,
  type EncodeErrorCode,
  type EncodeErrorDetails,
} from './errors.ts';
export { type ControlEvent, type Field, type FieldValue, isFieldName } from './fields.ts';
export {
  type Format,
  type FormatName,
  frameItem,
  type ResponseContext,
  type SessionFields,
  withFrames,
} from './format.ts';
export { ndjsonFormat } from './formats/ndjson.ts';
export { xmlSocketFormat } from './formats/xml-socket.ts';
export { classicFormats, modernFormats } from './formats.ts';
