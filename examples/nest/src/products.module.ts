import { Controller, Delete, Get, HttpCode, Inject, Injectable, Module, Param } from '@nestjs/common';
import { Cache } from 'memfleet/cache';
import { CacheModule } from './cache.module.js';

export interface Product {
  readonly id: string;
  readonly price: number;
  /** How often the database was read. */
  readonly reads: number;
}

/** Products, by way of the cache. */
@Injectable()
export class ProductsService {
  readonly #cache: Cache;
  #reads = 0;

  constructor(@Inject(Cache) cache: Cache) {
    this.#cache = cache;
  }

  find(id: string): Promise<Product> {
    return this.#cache.getOrSet(`product:${id}`, () => this.#read(id), { tags: ['products'] });
  }

  async forgetAll(): Promise<void> {
    await this.#cache.invalidateTags('products');
  }

  /** Stands for a query. */
  #read(id: string): Product {
    this.#reads++;
    return { id, price: 5, reads: this.#reads };
  }
}

@Controller('products')
class ProductsController {
  readonly #products: ProductsService;

  constructor(@Inject(ProductsService) products: ProductsService) {
    this.#products = products;
  }

  @Get(':id')
  find(@Param('id') id: string): Promise<Product> {
    return this.#products.find(id);
  }

  @Delete()
  @HttpCode(204)
  forgetAll(): Promise<void> {
    return this.#products.forgetAll();
  }
}

@Module({ imports: [CacheModule], controllers: [ProductsController], providers: [ProductsService] })
export class ProductsModule {}
