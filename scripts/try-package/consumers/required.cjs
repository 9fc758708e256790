module.exports = require('memfleet');
