/** Products of a shop, from one cache for all processes. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ProductsModule } from './products.module.js';

const app = await NestFactory.create(ProductsModule, { logger: ['error'] });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
console.log(await app.getUrl());
