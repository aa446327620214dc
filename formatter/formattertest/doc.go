// Package formattertest holds what every renderer is tried on: findings of each kind, the largest
// and the smallest ones, and texts that do harm where they are not escaped; and the checks of what
// a renderer makes of them.
package formattertest
