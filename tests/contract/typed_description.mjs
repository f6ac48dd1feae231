// An API description read back from the TypeScript types that openapi-typescript made of it: where a vendor's
// description is published in that form only. Gives an OpenAPI 3 document: paths, query parameters, bodies, schemas.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
const nameOf = (node) => node.name.text;

function schemaOfUnion(types) {
  const schemas = types.map(schemaOf);
  return schemas.every((each) => 'const' in each)
    ? { enum: schemas.map((each) => each.const) }
    : { anyOf: schemas };
}

function schemaOfMembers(members) {
  const signatures = members.filter(ts.isPropertySignature);
  return {
    type: 'object',
    properties: Object.fromEntries(signatures.map((each) => [nameOf(each), schemaOf(each.type)])),
    required: signatures.filter((each) => !each.questionToken).map(nameOf),
  };
}

// components["schemas"]["Name"]
const schemaOfName = (node) => ({ $ref: `#/components/schemas/${node.indexType.literal.text}` });

function schemaOf(node) {
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return schemaOf(node.type);
  if (ts.isUnionTypeNode(node)) return schemaOfUnion(node.types);
  if (ts.isIntersectionTypeNode(node)) return { allOf: node.types.map(schemaOf) };
  if (ts.isArrayTypeNode(node)) return { type: 'array', items: schemaOf(node.elementType) };
  if (ts.isTypeLiteralNode(node)) return schemaOfMembers(node.members);
  if (ts.isIndexedAccessTypeNode(node)) return schemaOfName(node);
  if (ts.isLiteralTypeNode(node))
    return node.literal.kind === ts.SyntaxKind.NullKeyword ? { type: 'null' } : { const: node.literal.text };
  if (ts.isTypeReferenceNode(node)) return { type: 'object', additionalProperties: true }; // Record<string, unknown>
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { type: 'string' };
    case ts.SyntaxKind.NumberKeyword:
      return { type: 'number' };
    case ts.SyntaxKind.BooleanKeyword:
      return { type: 'boolean' };
    case ts.SyntaxKind.UnknownKeyword:
      return {};
    default:
      throw new Error(`no schema for the type ${node.getText()}`);
  }
}

// The members of an interface or type literal; those that say `never` are not there.
const membersOf = (node) =>
  new Map(
    node.members
      .filter((each) => ts.isPropertySignature(each) && each.type.kind !== ts.SyntaxKind.NeverKeyword)
      .map((each) => [nameOf(each), each]),
  );
const membersAt = (members, name) => (members.has(name) ? membersOf(members.get(name).type) : new Map());

function operationOf(node) {
  const members = membersOf(node);
  const query = membersAt(membersAt(members, 'parameters'), 'query');
  const operation = {
    parameters: [...query.values()].map((each) => ({
      in: 'query',
      name: nameOf(each),
      required: !each.questionToken,
      schema: schemaOf(each.type),
    })),
  };
  const content = membersAt(membersAt(members, 'requestBody'), 'content');
  const body = content.get('application/json') ?? content.get('*/*');
  if (body) operation.requestBody = { content: { 'application/json': { schema: schemaOf(body.type) } } };
  return operation;
}

export function readTypes(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = new Map(source.statements.filter(ts.isInterfaceDeclaration).map((each) => [nameOf(each), each]));
  const operations = membersOf(interfaces.get('operations'));
  const schemas = membersAt(membersOf(interfaces.get('components')), 'schemas');
  const paths = {};
  for (const [template, { type }] of membersOf(interfaces.get('paths'))) {
    paths[template] = {};
    for (const [method, { type: reference }] of membersOf(type)) {
      if (METHODS.includes(method)) {
        paths[template][method] = operationOf(operations.get(reference.indexType.literal.text).type);
      }
    }
  }
  return {
    paths,
    components: { schemas: Object.fromEntries([...schemas].map(([name, { type }]) => [name, schemaOf(type)])) },
  };
}
