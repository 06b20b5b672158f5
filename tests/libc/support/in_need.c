/* As `slots`, for an object that is linked with another one too. */
#include "slots.c"
