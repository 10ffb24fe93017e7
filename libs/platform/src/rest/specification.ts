/**
 * The OpenAPI document of the REST contract, and where it is served: `/openapi.json` for programs, `/docs` for people. Swagger UI's
 * files are sent by hand: Nest's own way needs one more web framework plug-in for five static files.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';

/** What an app says of its own API; the rest of the document is the house's. */
export interface SpecificationOutline {
  /** `Ordo order API`. */
  readonly title: string;
  /** The first paragraph: what the API is for. */
  readonly purpose: string;
  /** Name and description of each group of operations. */
  readonly tags: readonly (readonly [name: string, description: string])[];
}

const CONVENTIONS = [
  'Ids are decimal strings; amounts are integer minor units of `currency`; instants are ISO 8601 with milliseconds and Z.',
  'Errors are RFC 9457 problem documents; decide by their `code`. A token bound to a user or a merchant sees only what is theirs: ' +
    'everything else answers 404.',
].join('\n\n');

const UI_FILES = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'application/javascript',
  'favicon-32x32.png': 'image/png',
} as const;

const pageOf = (title: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true });\n`;

/** The document, from the decorators of the controllers that `app` holds. */
export function specificationOf(app: INestApplication, { title, purpose, tags }: SpecificationOutline): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(`${purpose}\n\n${CONVENTIONS}`)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: '`npm run ordo -- token …`' },
      'bearer',
    );
  for (const [name, description] of tags) builder.addTag(name, description);
  return withParametersJoined(SwaggerModule.createDocument(app, builder.build()));
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: object;
}

/** A parameter that was described twice, by a DTO and by a decorator of its own, becomes one with what both say. */
function withParametersJoined(specification: OpenAPIObject): OpenAPIObject {
  for (const methods of Object.values(specification.paths)) {
    for (const operation of Object.values(methods) as { parameters?: Parameter[] }[]) {
      const joined = new Map<string, Parameter>();
      for (const parameter of operation.parameters ?? []) {
        const key = `${parameter.in}/${parameter.name}`;
        const known = joined.get(key);
        joined.set(key, { ...known, ...parameter, schema: { ...known?.schema, ...parameter.schema } });
      }
      operation.parameters = [...joined.values()];
    }
  }
  return specification;
}

/** Swagger UI comes with Nest's Swagger module, wherever the package manager put it. */
function uiDirectory(): string {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  const locate = createRequire(swagger)('swagger-ui-dist/absolute-path.js') as () => string;
  return locate();
}

/** Adds the routes. Nothing is built or read from disk before somebody asks. */
export function serveSpecification(
  app: INestApplication,
  instance: FastifyInstance,
  outline: SpecificationOutline,
): void {
  let specification: string | undefined;
  instance.get('/openapi.json', (_request, reply) => {
    specification ??= JSON.stringify(specificationOf(app, outline));
    return reply.type('application/json').send(specification);
  });
  instance.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(pageOf(outline.title)));
  instance.get('/docs/start.js', (_request, reply) => reply.type('application/javascript').send(START));
  for (const [file, type] of Object.entries(UI_FILES)) {
    let bytes: Buffer | undefined;
    instance.get(`/docs/${file}`, (_request, reply) => {
      bytes ??= readFileSync(join(uiDirectory(), file));
      return reply.type(type).header('cache-control', 'public, max-age=3600').send(bytes);
    });
  }
}
