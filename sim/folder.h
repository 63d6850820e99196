/* folder.h - folders of results that are made and thrown away. */
#ifndef SIM_FOLDER_H
#define SIM_FOLDER_H

/* With all that is in it; links are removed, not followed. What is not there, or can't be removed, stays so. */
void folder_remove(const char *path);

#endif
