/**
 * Generates TypeScript from base/rpc/proto with Node alone: protobufjs parses the files, this script turns what it read
 * into descriptors, and ts-proto writes the code. The output is not kept in git; it is made again when a source changes.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'base', 'rpc', 'proto');
const target = join(root, 'base', 'rpc', 'generated');
const stamp = join(target, '.stamp');
const plugin = join(root, 'node_modules', 'ts-proto', 'protoc-gen-ts_proto');
const OPTIONS = [
  'forceLong=bigint',
  'oneof=unions-value',
  'enumsAsLiterals=true',
  'unrecognizedEnum=false',
  'useOptionals=messages',
  'outputJsonMethods=false',
  'outputServices=generic-definitions',
  'importSuffix=.ts',
  'env=both',
  'annotateFilesWithVersion=false',
];
/** In proto2 an absent field is not the same as a zero. */
const PROTO2_OPTIONS = [...OPTIONS, 'noDefaultsForOptionals=true'];
const SCALARS = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
};
const LABELS = { optional: 1, required: 2, repeated: 3 };
const MESSAGE = 11;
const ENUM = 14;

function sourceDigest(names) {
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(join(sources, name)));
  hash.update(readFileSync(import.meta.filename)).update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex');
}

/** Full names ('.package.Message.Nested') of all types, with the descriptor type of a field that refers to them. */
function collectTypes(protobuf, namespace, types) {
  for (const object of namespace.nestedArray) {
    if (object instanceof protobuf.Enum) types.set(object.fullName, ENUM);
    else if (object instanceof protobuf.Type) types.set(object.fullName, MESSAGE);
    if (object.nestedArray !== undefined) collectTypes(protobuf, object, types);
  }
}

function resolve(types, scope, name) {
  for (let at = scope; ; at = at.slice(0, at.lastIndexOf('.'))) {
    const candidate = `${at}.${name}`;
    if (types.has(candidate)) return candidate;
    if (at === '') throw new Error(`${scope}: unknown type ${name}`);
  }
}

function fieldType(types, scope, name) {
  if (name in SCALARS) return { type: SCALARS[name] };
  const typeName = resolve(types, scope, name);
  return { type: types.get(typeName), typeName };
}

function camel(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

function mapEntry(types, type, field) {
  const entry = `${field.name.replace(/(^|_)(\w)/g, (_, _dash, letter) => letter.toUpperCase())}Entry`;
  const part = (name, number, typeOfPart) => ({
    name,
    number,
    label: LABELS.optional,
    jsonName: name,
    ...fieldType(types, type.fullName, typeOfPart),
  });
  return {
    descriptor: {
      name: entry,
      field: [part('key', 1, field.keyType), part('value', 2, field.type)],
      options: { mapEntry: true },
    },
    typeName: `${type.fullName}.${entry}`,
  };
}

function enumDescriptor(object) {
  return {
    name: object.name,
    value: Object.entries(object.values).map(([name, number]) => ({ name, number })),
  };
}

function messageDescriptor(protobuf, types, type) {
  const nestedType = [];
  const enumType = [];
  for (const object of type.nestedArray) {
    if (object instanceof protobuf.Enum) enumType.push(enumDescriptor(object));
    else if (object instanceof protobuf.Type) nestedType.push(messageDescriptor(protobuf, types, object));
  }
  const oneofs = type.oneofsArray;
  const field = type.fieldsArray.map((each) => {
    const common = { name: each.name, number: each.id, jsonName: camel(each.name) };
    if (each instanceof protobuf.MapField) {
      const entry = mapEntry(types, type, each);
      nestedType.push(entry.descriptor);
      return { ...common, label: LABELS.repeated, type: MESSAGE, typeName: entry.typeName };
    }
    const label = LABELS[each.rule ?? (each.repeated ? 'repeated' : 'optional')];
    const oneof = each.partOf === null ? {} : { oneofIndex: oneofs.indexOf(each.partOf) };
    const options = each.options?.deprecated === true ? { options: { deprecated: true } } : {};
    return { ...common, label, ...fieldType(types, type.fullName, each.type), ...oneof, ...options };
  });
  return { name: type.name, field, nestedType, enumType, oneofDecl: oneofs.map(({ name }) => ({ name })) };
}

function serviceDescriptor(types, service) {
  return {
    name: service.name,
    method: service.methodsArray.map((method) => ({
      name: method.name,
      inputType: resolve(types, service.parent.fullName, method.requestType),
      outputType: resolve(types, service.parent.fullName, method.responseType),
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    })),
  };
}

function fileDescriptor(protobuf, types, { name, parsed }) {
  const contents = parsed.root.lookup(parsed.package).nestedArray;
  const of = (kind) => contents.filter((object) => object instanceof kind);
  return {
    name,
    package: parsed.package,
    dependency: parsed.imports ?? [],
    syntax: /syntax = "(\w+)"/.exec(readFileSync(join(sources, name), 'utf8'))[1],
    messageType: of(protobuf.Type).map((type) => messageDescriptor(protobuf, types, type)),
    enumType: of(protobuf.Enum).map(enumDescriptor),
    service: of(protobuf.Service).map((service) => serviceDescriptor(types, service)),
  };
}

/** A file comes after those it imports. */
function inDependencyOrder(files) {
  const ordered = [];
  const add = (file) => {
    if (ordered.includes(file)) return;
    for (const name of file.parsed.imports ?? []) add(files.find((other) => other.name === name));
    ordered.push(file);
  };
  for (const file of files) add(file);
  return ordered;
}

export async function generateProtobuf() {
  const names = readdirSync(sources)
    .filter((name) => name.endsWith('.proto'))
    .sort();
  const digest = sourceDigest(names);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;

  const { default: protobuf } = await import('protobufjs');
  const { create, fromBinary, toBinary } = await import('@bufbuild/protobuf');
  const wkt = await import('@bufbuild/protobuf/wkt');

  const files = names.map((name) => ({
    name,
    parsed: protobuf.parse(readFileSync(join(sources, name), 'utf8'), new protobuf.Root(), { keepCase: true }),
  }));
  const types = new Map();
  for (const { parsed } of files) collectTypes(protobuf, parsed.root, types);

  const protoFile = inDependencyOrder(files).map((file) =>
    create(wkt.FileDescriptorProtoSchema, fileDescriptor(protobuf, types, file)),
  );
  const generate = (syntax, options) => {
    const fileToGenerate = protoFile.filter((file) => file.syntax === syntax).map((file) => file.name);
    const request = create(wkt.CodeGeneratorRequestSchema, { fileToGenerate, parameter: options.join(','), protoFile });
    const run = spawnSync(process.execPath, [plugin], {
      input: toBinary(wkt.CodeGeneratorRequestSchema, request),
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (run.status !== 0) throw new Error('ts-proto failed');
    const response = fromBinary(wkt.CodeGeneratorResponseSchema, run.stdout);
    if (response.error !== '') throw new Error(response.error);
    return response.file;
  };
  const generated = [...generate('proto3', OPTIONS), ...generate('proto2', PROTO2_OPTIONS)];
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of generated) {
    writeFileSync(join(target, file.name), `// @ts-nocheck\n${file.content}`);
  }
  writeFileSync(stamp, digest);
}

if (process.argv[1] === import.meta.filename) await generateProtobuf();
