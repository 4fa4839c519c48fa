/* Calls the kernel on memories that were kept in files, as `instructions.py` does; without a third argument it only loads them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

void eventflow_run(void *memory, void *recording);

static void *loaded(const char *folder, const char *name, int number) {
    char path[4096];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s%d", folder, name, number);
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &about)) exit(2);
    return mmap(0, about.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
}

int main(int count, char **given) {
    for (int number = 0; number < atoi(given[2]); number++) {
        void *memory = loaded(given[1], "memory", number), *recording = loaded(given[1], "recording", number);
        if (count > 3) eventflow_run(memory, recording);
    }
    return 0;
}
