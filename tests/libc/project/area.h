double area(double radius);
int counted(void);
