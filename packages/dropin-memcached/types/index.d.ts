import Memcached from './index.cjs';

export default Memcached;
