#include "zoo/apps/zoo/commands.h"

int main(int argc, char** argv) { return zoo::run_program(argc, argv); }
